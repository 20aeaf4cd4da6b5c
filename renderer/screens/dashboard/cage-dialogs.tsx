import { LowerDialog } from './lower-dialog.tsx';
import { RaiseDialog } from './raise-dialog.tsx';

interface CageDialogProps {
  kind: 'raise' | 'lower';
  projectName: string;
  onClose(): void;
}

export default function CageDialog({ kind, projectName, onClose }: CageDialogProps) {
  return kind === 'lower' ? (
    <LowerDialog projectName={projectName} onClose={onClose} />
  ) : (
    <RaiseDialog onClose={onClose} />
  );
}
