// Package constraint holds the services' documented constraints on every call that Snellen makes:
// the members of a request, which of them are required, and each one's length, range, pattern and
// values. The client checks a request before it sends it, because the SDK checks required members
// only. The stand-in checks the requests that it gets.
//
// The constraints are in table.txt, which is made from the services' published models (see
// TestTable), and in extra.txt, for the few calls that table.txt lacks. Both are lines indented by
// depth:
//
//	list InstanceType ml.m4.xlarge ml.m4.2xlarge     a name for a long list of values
//	shape Tag                                        a name for members that several calls share
//	 Key* string 1..128 re [a-z]*                    name, * if required, type, length or range,
//	                                                 pattern
//	call CreateTrainingJob SageMaker.CreateTrainingJob
//	 request
//	  Tags list 0..50
//	   - @Tag                                        a list's item; =key and =value are a map's
//	  Mode string enum File|Pipe                     or: enum @InstanceType
//	 response
//
// Patterns are anchored, and written for Go's regular expressions.
package constraint

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

//go:embed table.txt
var table string

//go:embed extra.txt
var extra string

// calls returns both tables, parsed once.
var calls = sync.OnceValue(func() map[string]*call {
	all := map[string]*call{}
	for _, text := range []string{table, extra} {
		some, err := parse(text)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		for name, c := range some {
			all[name] = c
		}
	}
	return all
})

// A Violation is one value of a request that breaks a constraint.
type Violation struct {
	Path  string // InputDataConfig[0].ChannelName
	Value string // as sent, but short; empty if it is missing or may be a secret
	Rule  string // in the service's words: "Member must not be null"
}

// An Error holds all violations of one request. Its text is the service's own.
type Error struct {
	Violations []Violation
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d validation error", len(e.Violations))
	if len(e.Violations) > 1 {
		b.WriteString("s")
	}
	b.WriteString(" detected: ")
	for i, v := range e.Violations {
		if i > 0 {
			b.WriteString("; ")
		}
		value := "null"
		if v.Value != "" {
			value = "'" + v.Value + "'"
		}
		fmt.Fprintf(&b, "Value %s at '%s' failed to satisfy constraint: %s", value, v.Path, v.Rule)
	}
	return b.String()
}

// Check checks the JSON of a request of a call, such as "CreateTrainingJob". It returns an *Error
// that names every violation. It accepts what goes over the wire, and also an SDK's input
// marshalled as JSON, where null and an enum's empty string mean unset and names begin with a
// capital. The headers and the body of a rest-json call are members, by the model's names.
func Check(name string, request []byte) error {
	c, ok := calls()[name]
	if !ok {
		return fmt.Errorf("no constraints are known of the call %q", name)
	}
	return check(c.request, request)
}

// CheckResponse checks a service's answer in the same way.
func CheckResponse(name string, response []byte) error {
	c, ok := calls()[name]
	if !ok {
		return fmt.Errorf("no constraints are known of the call %q", name)
	}
	return check(c.response, response)
}

// Known reports whether the call is in the tables.
func Known(name string) bool {
	_, ok := calls()[name]
	return ok
}

// Target returns the call that a target header names, such as "SageMaker.CreateTrainingJob", or "".
func Target(header string) string {
	for name, c := range calls() {
		if header != "" && c.target == header {
			return name
		}
	}
	return ""
}

// Values returns the values of an enum in a request, such as "ResourceConfig.InstanceType". It is
// nil for other members.
func Values(name, member string) []string {
	c, ok := calls()[name]
	if !ok {
		return nil
	}
	s := c.request
	for _, part := range strings.Split(member, ".") {
		if s.kind == kindList {
			s = s.item
		}
		if s = s.members[s.member(part)]; s == nil {
			return nil
		}
	}
	return s.enum
}
