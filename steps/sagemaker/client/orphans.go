package client

import (
	"context"
	"errors"

	"snellen/steps/sagemaker/ledger"
)

// deleteOrphans deletes the orphaned endpoints of this region and profile, and warns of each.
// Orphans of other regions are skipped. The errors are joined.
func (c *Cloud) deleteOrphans(
	ctx context.Context, orphans []ledger.Resource, warn func(string),
) error {
	var errs []error
	done := map[string]bool{}
	for _, r := range orphans {
		if r.Region != c.settings.Region || r.Profile != c.settings.Profile || done[r.Name] {
			continue
		}
		done[r.Name] = true
		release, ok, err := c.ledger.TryLock(r.Name)
		if err != nil || !ok {
			errs = append(errs, err)
			continue
		}
		warn("deleting endpoint " + r.Name + ", which an apply of " + r.Address + " left behind")
		v := &serving{
			cloud: c, name: r.Name, key: r.Key, address: r.Address, warn: warn, release: release,
		}
		errs = append(errs, v.remove(ctx))
	}
	return errors.Join(errs...)
}
