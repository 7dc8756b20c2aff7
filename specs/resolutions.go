package specs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sizeName matches a resolution's name that states its size.
var sizeName = newForm(`^([0-9]{1,5})x([0-9]{1,5})$`)

// reservedNames begin the addresses of steps that belong to no resolution.
var reservedNames = []string{"audit", "crops", "features", "hash", "pictures", "probe", "select"}

// readResolutions returns the resolutions with their hyperparameters, from the most pixels to the
// fewest.
func (l *loader) readResolutions(s *Study) []Resolution {
	l.base = l.singleBlock(hyperparametersBlock)
	found := l.declarations(l.root.body, resolutionBlock, resolutionsBlock)
	l.checkResolutionCount(s, len(found))
	var list []Resolution
	first := map[[2]int]declaration{}
	for _, c := range found {
		r := Resolution{Name: c.name, At: position(c.header)}
		if l.readSize(&r, c) {
			l.checkUniqueSize(r, c, first)
		}
		if r.Endpoint != "" && s.Replicates > 1 {
			l.add(c.at("endpoint"), "remove it, or set replicates = 1",
				fmt.Sprintf("an endpoint serves one model, but the study has %d replicates",
					s.Replicates))
		}
		if r.Endpoint != "" && s.Trainer.Name != "sagemaker" {
			l.add(c.at("endpoint"), "remove it", "endpoint requires trainer \"sagemaker\"")
		}
		t := l.hyperparameterChecker(c)
		t.check(s, &r.Hyperparameters)
		t.checkFrameSize(s, r)
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Resolution) int {
		return cmp.Or(b.Width*b.Height-a.Width*a.Height, strings.Compare(a.Name, b.Name))
	})
	return list
}

// checkResolutionCount records too many resolutions, or none. Without any, the study's
// hyperparameters are checked by themselves.
func (l *loader) checkResolutionCount(s *Study, n int) {
	switch {
	case n > maxResolutions:
		l.add(l.root.header, "",
			fmt.Sprintf("a study may have at most %d resolutions, and this has %d", maxResolutions,
				n))
	case n == 0:
		if len(blocksOf(l.root.body, "resolution"))+len(blocksOf(l.root.body, "resolutions")) == 0 {
			l.add(l.root.header, `write resolution "320x240" {}`,
				"a study needs at least one resolution, and this has none")
		}
		(&hyperparameterChecker{loader: l, own: l.base, base: l.base}).check(s, &Hyperparameters{})
	}
}

// readSize fills a resolution's width and height. It reports whether they are known and valid.
func (l *loader) readSize(r *Resolution, c declaration) (ok bool) {
	if slices.Contains(reservedNames, r.Name) {
		l.add(c.nameAt, "rename it: 320x240",
			fmt.Sprintf("a resolution cannot be named %q, which is a step's address", r.Name))
	}
	c.assign(map[string]any{"width": &r.Width, "height": &r.Height, "endpoint": &r.Endpoint}, false)
	if !c.valid("width", "height") {
		return false
	}
	if m := sizeName().FindStringSubmatch(r.Name); m != nil {
		return l.sideFromName(c, "width", m[1], &r.Width) &&
			l.sideFromName(c, "height", m[2], &r.Height)
	}
	if r.Width == 0 || r.Height == 0 {
		l.add(c.nameAt, "name it by its size, like 320x240, or set width and height",
			fmt.Sprintf("resolution %q has no size", r.Name))
		return false
	}
	return l.checkEven(c, "width", r.Width) && l.checkEven(c, "height", r.Height)
}

// sideFromName fills a side from the resolution's name, and records an attribute that contradicts
// it.
func (l *loader) sideFromName(c declaration, name, digits string, into *int) bool {
	n, _ := strconv.Atoi(digits) // at most five digits
	if *into != 0 && *into != n {
		l.add(c.at(name), "rename the resolution, or remove this",
			fmt.Sprintf("%s is %d, but the name %s says %d", name, *into, c.name, n))
		return false
	}
	*into = n
	a, _ := c.block.attribute(name)
	if problem := a.check(n); problem != "" {
		l.add(c.nameAt, "", problem)
		return false
	}
	return l.checkEven(c, name, n)
}

// checkEven records an odd side, which libx264 cannot encode: colour is stored at half the frame's
// sides.
func (l *loader) checkEven(c declaration, name string, n int) bool {
	if n%2 == 0 {
		return true
	}
	at := c.nameAt
	if _, given := c.values[name]; given {
		at = c.at(name)
	}
	l.add(at, fmt.Sprintf("use %d or %d", n-1, n+1),
		fmt.Sprintf("%s is %d, but video needs even sides", name, n))
	return false
}

// checkUniqueSize records a second resolution of the same size.
func (l *loader) checkUniqueSize(r Resolution, c declaration, first map[[2]int]declaration) {
	size := [2]int{r.Width, r.Height}
	if before, again := first[size]; again {
		l.add(c.nameAt, "remove one of them",
			fmt.Sprintf("resolution %q is %dx%d, the same as %q at line %d", r.Name, r.Width,
				r.Height, before.name, before.header.Start.Line))
		return
	}
	first[size] = c
}
