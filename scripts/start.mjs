// `npm start`: installs what is missing, builds, and runs the demo rollout. Needs nothing but Node 20 and npm.
import { fail, install, node, run } from './bootstrap.mjs';

install();
if (run(node, ['scripts/build.mjs']) !== 0) fail('the build failed: the lines above say why.');
process.exit(run(node, ['dist/cli.mjs', 'demo', ...process.argv.slice(2)]));
