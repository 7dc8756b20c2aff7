package standin

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A stamp is a time in awsJson: seconds since 1970, with a fraction.
type stamp time.Time

func (t stamp) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Time(t).UnixMilli())/1000, 'f', -1, 64), nil
}

func (t *stamp) UnmarshalJSON(data []byte) error {
	seconds, err := strconv.ParseFloat(string(data), 64)
	if err == nil {
		*t = stamp(time.UnixMilli(int64(math.Round(seconds * 1000))))
	}
	return err
}

// IsZero makes omitzero leave out unset times.
func (t stamp) IsZero() bool { return time.Time(t).IsZero() }

// members are a request's members, unchanged, for answers.
type members map[string]json.RawMessage

// join returns an object of members and of more, which wins where both have a member.
func (m members) join(rest any) (any, error) {
	data, err := json.Marshal(rest)
	if err != nil {
		return nil, err
	}
	all := members{}
	for name, v := range m {
		all[name] = v
	}
	return all, json.Unmarshal(data, &all)
}

// keep returns the members of a request that answers repeat.
func keep(request []byte, wanted ...string) (members, error) {
	var all members
	if err := json.Unmarshal(request, &all); err != nil {
		return nil, err
	}
	kept := members{}
	for _, name := range wanted {
		if v, ok := all[name]; ok && string(v) != "null" {
			kept[name] = v
		}
	}
	return kept, nil
}

// A listing is what the calls that list have in common.
type listing struct {
	NameContains       string
	StatusEquals       string
	SortBy             string // default: "CreationTime"
	SortOrder          string
	CreationTimeAfter  stamp
	CreationTimeBefore stamp
	MaxResults         int
	NextToken          string
}

// An entry is a resource that can be listed.
type entry struct {
	name, status string
	created      time.Time
	summary      any
}

// usualResults is the default size of a page.
const usualResults = 10

// page returns the requested entries, from the token on, and the next token.
func (l *listing) page(all []entry) ([]any, string, error) {
	all = slices.DeleteFunc(all, func(e entry) bool { return !l.wants(e) })
	slices.SortFunc(all, l.compare)
	if l.SortOrder == "Descending" || (l.SortOrder == "" && l.SortBy != "Name") {
		slices.Reverse(all)
	}
	page, next, ok := paged(all, l.NextToken, cmp.Or(l.MaxResults, usualResults))
	if !ok {
		return nil, "", invalid("Invalid NextToken")
	}
	found := []any{}
	for _, e := range page {
		found = append(found, e.summary)
	}
	return found, next, nil
}

// paged returns a page of that size of all, from the token on, and the token of the next page, if
// there is one. ok is false if the token is not one of ours.
func paged[T any](all []T, from string, size int) (page []T, next string, ok bool) {
	at, err := place(from)
	if err != nil || at > len(all) {
		return nil, "", false
	}
	to := min(at+size, len(all))
	if to < len(all) {
		next = token(to)
	}
	return append([]T{}, all[at:to]...), next, true
}

// token returns an opaque token for a position in a list; place reads it.
func token(at int) string { return base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(at))) }

func place(token string) (int, error) {
	if token == "" {
		return 0, nil
	}
	text, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return 0, err
	}
	at, err := strconv.ParseUint(string(text), 10, 31)
	return int(at), err
}

func (l *listing) wants(e entry) bool {
	after, before := time.Time(l.CreationTimeAfter), time.Time(l.CreationTimeBefore)
	return strings.Contains(e.name, l.NameContains) &&
		(l.StatusEquals == "" || l.StatusEquals == e.status) &&
		(after.IsZero() || e.created.After(after)) && (before.IsZero() || e.created.Before(before))
}

func (l *listing) compare(a, b entry) int {
	switch l.SortBy {
	case "Name":
		return cmp.Compare(a.name, b.name)
	case "Status":
		return cmp.Or(cmp.Compare(a.status, b.status), cmp.Compare(a.name, b.name))
	}
	return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.name, b.name))
}

// names returns a map's keys, sorted.
func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
