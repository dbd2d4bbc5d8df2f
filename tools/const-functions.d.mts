export function constFunctions(code: string): string;
