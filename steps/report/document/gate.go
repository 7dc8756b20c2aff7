package document

// Unmet returns the requirements of a gate that are not met, each with what was found, and the
// gate's message. It returns nothing for a gate that is met.
func (g Gate) Unmet() []string {
	if g.Met != nil && *g.Met {
		return nil
	}
	var list []string
	for _, one := range g.Requirements {
		if one.Met == nil || !*one.Met {
			list = append(list, one.Text+": "+one.Reason)
		}
	}
	if g.Message != "" {
		list = append(list, g.Message)
	}
	return list
}
