export function busyDrafts() { return false; }
