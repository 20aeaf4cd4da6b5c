import { contextBridge, ipcRenderer } from 'electron';
import { exposePageApi } from './bridge/page-api.ts';

exposePageApi(contextBridge, ipcRenderer);
