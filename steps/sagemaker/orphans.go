package sagemaker

import "snellen/steps/sagemaker/ledger"

// Orphans returns the endpoints, configurations and models in the ledger of a folder that no
// process holds any more: a crash left them. Jobs are not orphans, since a job ends by itself.
// damage is the ledger's (see ledger.Live).
func Orphans(dir string) (list []ledger.Resource, damage string, err error) {
	l := ledger.Open(dir)
	live, damage, err := l.Live()
	if err != nil {
		return nil, "", err
	}
	for _, r := range live {
		if r.Kind == ledger.Job {
			continue
		}
		release, ok, err := l.TryLock(r.Name)
		if err != nil {
			return nil, "", err
		}
		if ok {
			release()
			list = append(list, r)
		}
	}
	return list, damage, nil
}
