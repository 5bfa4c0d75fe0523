import { config } from 'zod';

/**
 * zod compiles its checks with `new Function` where it may, and asks `navigator` whether it may; the editor logs an
 * error for every extension that does. Imported before anything that makes a schema.
 */
config({ jitless: true });
