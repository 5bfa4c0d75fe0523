import { readSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { compileInstrument } from '../../measure/instrument.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { keptFields } from '../formats/scan.ts';
import { scannerModule } from '../vector/scannerModule.ts';
import { Slot, type WindowSizes } from './slot.ts';
import { type ScannedWindow, SlotScanner } from './slotScanner.ts';

/** The input of a thread that reads ahead. */
export interface ScanWork {
  readonly plan: Plan;
  readonly source: number;
  /** Of the open file. It stays open until the thread has ended. */
  readonly descriptor: number;
  readonly sizes: WindowSizes;
  readonly slots: readonly SharedArrayBuffer[];
  /** How many numbers a row has. */
  readonly fieldCount: number;
  /** Later stamps are left to the thread that judges. */
  readonly arrived: WallTime;
}

/** A window to be read into a slot that nobody needs any more. */
export interface WantedWindow {
  readonly window: number;
  readonly slot: number;
}

/** `found` is `null` where the window is left to the thread that judges. */
export interface ScanAnswer extends WantedWindow {
  readonly found: ScannedWindow | null;
}

if (!isMainThread) {
  const { plan, source, descriptor, sizes, fieldCount, arrived, ...given } = workerData as ScanWork;
  const slots = given.slots.map((memory) => new Slot(sizes, fieldCount, memory));
  const instrument = compileInstrument(plan);
  const reader = instrument.fieldReader?.(source);
  const named = [...(instrument.reads?.(source) ?? []), ...keptFields(instrument)];
  const module = scannerModule();
  const readAt = (offset: number, into: Buffer): number => {
    let length = 0;
    while (length < into.length) {
      const read = readSync(descriptor, into, length, into.length - length, offset + length);
      if (read === 0) break;
      length += read;
    }
    return length;
  };
  const scanner =
    module === null || reader === undefined
      ? null
      : SlotScanner.of(module, { reader, arrived: () => arrived }, named, sizes, readAt);
  parentPort?.on('message', ({ window, slot }: WantedWindow) => {
    const into = slots[slot];
    const found = into === undefined ? null : (scanner?.scan(window, into) ?? null);
    const answer: ScanAnswer = { window, slot, found };
    parentPort?.postMessage(answer);
  });
  parentPort?.postMessage('ready');
}
