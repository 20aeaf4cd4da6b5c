import type { ReactNode } from 'react';
import { useMemo } from 'react';
import { useIntl } from 'react-intl';
import { printable } from '../../../shared/domain/printable.ts';
import type { MessageId } from './en.ts';

type Plain = Record<string, string | number | boolean | null | undefined>;
type Rich = Record<string, string | number | ReactNode | ((chunks: ReactNode[]) => ReactNode)>;

export interface Translate {
  (id: MessageId, values?: Plain): string;
  /** The same with React nodes as values or tags. */
  rich(id: MessageId, values: Rich): ReactNode;
}

/** A text among the values is foreign: a name, a place, what an error says. */
const shown = (values: Plain | undefined): Plain | undefined =>
  values === undefined
    ? undefined
    : Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
          key,
          typeof value === 'string' ? printable(value) : value,
        ]),
      );

/** Every text on the screen comes from the catalogue, by id. */
export function useT(): Translate {
  const intl = useIntl();
  return useMemo(() => {
    const t = (id: MessageId, values?: Plain): string => intl.formatMessage({ id }, shown(values));
    return Object.assign(t, {
      rich: (id: MessageId, values: Rich): ReactNode =>
        intl.formatMessage({ id }, values as Record<string, ReactNode>) as ReactNode,
    });
  }, [intl]);
}
