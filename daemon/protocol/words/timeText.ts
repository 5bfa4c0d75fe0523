/** Some records say a local time that came twice, and nothing tells which of the two. One line. */
export function undecidedText(records: number): string {
  const which = records === 1 ? '1 record says' : `${records} records say`;
  return `${which} a local time that came twice when the clocks were set back, and nothing tells which; counted as the first. Let the application write UTC or an offset`;
}
