interface PlanOver {
    readonly mode?: 'manual' | 'auto';
    readonly soak?: string;
    /** Lines of YAML instead of the plan's own triggers. */
    readonly triggers?: string;
    /** Top-level keys that the plan has beside the others. */
    readonly more?: string;
}
/** A rollout whose stages last seconds, for a real daemon under test; `startUploadingApplication` is its application. */
export declare function uploadsPlan(over?: PlanOver): string;
export declare const uploadsEnvironment = "# Read by the application as it goes.\nUPLOADS_NEW=false\nUPLOADS_PERCENT=0 # of all uploads\n";
export {};
