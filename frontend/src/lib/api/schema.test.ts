// @vitest-environment node
import { readFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';

it('the page’s types are made from the server’s document as it stands', async () => {
	const made = astToString(await openapiTS(new URL('../../../openapi.json', import.meta.url)));
	const config = await resolveConfig('src/lib/api/schema.ts');
	const committed = await readFile(new URL('schema.ts', import.meta.url), 'utf8');
	// The tool’s own run writes a heading above what it makes.
	const body = committed.slice(committed.indexOf('export interface paths'));
	const fresh = await format(made, { ...config, parser: 'typescript' });
	expect(body === fresh, 'src/lib/api/schema.ts is not made from openapi.json: run `make schema`').toBe(true);
}, 60_000);
