export function constBindings(code: string): string;
export function localImports(code: string): string;
export function aliasedExports(code: string): string;
export function checkedConstBindings(code: string): Promise<string>;
