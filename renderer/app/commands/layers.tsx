import { useUi } from '../ui-state.ts';
import { Palette } from './palette.tsx';
import { Panic } from './panic.tsx';
import { Shortcuts } from './shortcuts.tsx';

/** The floating layers of the shell; loaded when the first one opens. */
export default function Layers() {
  const layer = useUi((u) => u.layer);
  switch (layer) {
    case 'palette':
      return <Palette />;
    case 'shortcuts':
      return <Shortcuts />;
    case 'panic':
      return <Panic />;
    case null:
      return null;
  }
}
