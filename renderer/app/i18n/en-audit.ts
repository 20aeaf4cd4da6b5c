export const enAudit = {} as const;
