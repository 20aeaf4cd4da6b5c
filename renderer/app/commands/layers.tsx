import { useUi } from '../ui-state.ts';
import { Palette } from './palette.tsx';
import { Shortcuts } from './shortcuts.tsx';

/** The floating layers of the shell; loaded when the first one opens. */
export default function Layers() {
  const layer = useUi((u) => u.layer);
  if (layer === 'palette') return <Palette />;
  return layer === 'shortcuts' ? <Shortcuts /> : null;
}
