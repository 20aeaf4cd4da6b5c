import { create } from 'zustand';

export type Layer = 'palette' | 'shortcuts' | 'panic' | null;

interface UiState {
  layer: Layer;
  /** Spoken politely by the one live region. */
  said: string;
  setLayer(layer: Layer): void;
  say(text: string): void;
}

export const useUi = create<UiState>()((set) => ({
  layer: null,
  said: '',
  setLayer: (layer) => set({ layer }),
  say: (said) => set({ said }),
}));
