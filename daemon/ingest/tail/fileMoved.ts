/** The file behind a path is no longer the one that was found there; look again. */
export class FileMoved extends Error {}
