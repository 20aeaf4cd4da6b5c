export const enPreview = {} as const;
