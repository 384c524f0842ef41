// Makes a component of plugin.js: build/plugin.wasm. `tablon plugin pack` puts the manifest into it.

import { mkdir, writeFile } from 'node:fs/promises';
import { componentize } from '@bytecodealliance/componentize-js';

const { component } = await componentize({
  sourcePath: 'plugin.js',
  witPath: process.env.TABLON_WIT ?? 'wit',
  worldName: 'publisher',
  // The sandbox has none of these. Without them the component imports nothing but the contract.
  disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
});
await mkdir('build', { recursive: true });
await writeFile('build/plugin.wasm', component);
console.log(`build/plugin.wasm: ${Math.round(component.length / 1024)} KB`);
