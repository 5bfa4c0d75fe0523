export const webviewPages: {
  readonly entryPoints: string[];
  readonly bundle: true;
  readonly format: 'iife';
  readonly platform: 'browser';
  readonly target: 'es2022';
};
