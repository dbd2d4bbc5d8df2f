export function constBindings(code: string): string;
export function checkedConstBindings(code: string): Promise<string>;
