export interface SystemPackage {
  name: string;
  why: string;
}
export function wanted(purpose: string): SystemPackage[];
export function isDebian(): boolean;
export function missing(purpose: string): SystemPackage[];
export function sudoLine(names: readonly string[]): string;
export function install(names: readonly string[], log: (line: string) => void): string | null;
export function osName(): string;
