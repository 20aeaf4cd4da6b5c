import * as z from 'zod';

/** Forms that several settings share. */
export const whole = (min: number, max: number) => z.number().int().min(min).max(max);

export const word = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'must be one line of plain text');

export const list = <T extends z.ZodType>(of: T) => z.array(of).max(1000);
