package sagemaker

import "snellen/steps/sagemaker/ledger"

// Orphans are what the ledger in a folder has of endpoints, and of what belongs to them, that no process works with any
// more: what a crash left.
func Orphans(dir string) ([]ledger.Resource, error) {
	l := ledger.Open(dir)
	live, err := l.Live()
	if err != nil {
		return nil, err
	}
	var list []ledger.Resource
	for _, r := range live {
		if r.Kind == ledger.Job {
			continue
		}
		release, ok, err := l.TryLock(r.Name)
		if err != nil {
			return nil, err
		}
		if ok {
			release()
			list = append(list, r)
		}
	}
	return list, nil
}
