/** The line for records in a local hour that occurred twice, when nothing tells which one is meant. */
export function undecidedText(records: number): string {
  const which = records === 1 ? '1 record says' : `${records} records say`;
  return `${which} a local time that occurred twice when the clocks were set back, with no sign of which one is meant; counted as the first. Let the application write UTC or an offset`;
}
