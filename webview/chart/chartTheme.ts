/** A canvas knows no custom properties: the theme's colours as they are now. */
export interface ChartTheme {
  readonly treatment: string;
  readonly control: string;
  readonly gate: string;
  readonly trigger: string;
  readonly wanted: string;
  readonly mark: string;
  readonly text: string;
  readonly grid: string;
  readonly background: string;
  readonly font: string;
  /** Wider lines where the theme asks for contrast. */
  readonly lineWidth: number;
}

export function chartTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const contrast = document.body.classList.contains('vscode-high-contrast');
  return {
    treatment: color('--treatment'),
    control: color('--control'),
    gate: color('--gate-line'),
    trigger: color('--trigger-line'),
    wanted: color('--text'),
    mark: color('--mark-line'),
    text: color('--quiet'),
    grid: color('--grid-line'),
    background: color('--surface'),
    font: `11px ${color('--vscode-font-family') || 'sans-serif'}`,
    lineWidth: contrast ? 2.5 : 1.75,
  };
}

/** Calls back when the editor changes its theme; returns the way to stop. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  return () => observer.disconnect();
}
