// Package constraint knows what the services' documentation asks of every call that Snellen makes: which members a request
// has, which it must have, and each one's length, range, pattern and values. The client checks with it before it sends, since
// the SDK itself only looks for required members, and the stand-in checks with it what it was sent.
//
// The facts are in table.txt, made from the services' published models (see TestTable), and in extra.txt, for the few calls
// that the first does not have. Both are lines indented by depth:
//
//	list InstanceType ml.m4.xlarge ml.m4.2xlarge     a name for a long list of values
//	shape Tag                                        a name for members that several calls share
//	 Key* string 1..128 re [a-z]*                    member, * where required, type, length or range, pattern
//	call CreateTrainingJob SageMaker.CreateTrainingJob
//	 request
//	  Tags list 0..50
//	   - @Tag                                        the item of a list; =key and =value of a map
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

// calls holds the two tables, read once.
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
	Value string // as it was sent, cut to a line; empty where it is missing, or might be a secret
	Rule  string // what must be, in the service's words: "Member must not be null"
}

// An Error holds all that is wrong with one request. Its text is the service's own.
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

// Check checks the JSON of a request of the call, such as "CreateTrainingJob", and gives an *Error that names every violation.
// It takes what goes over the wire as well as an SDK's input made into JSON, where null and an enum's empty string mean unset
// and names begin with a capital. A rest-json call's headers and body are members by the model's names.
func Check(name string, request []byte) error {
	c, ok := calls()[name]
	if !ok {
		return fmt.Errorf("no constraints are known of the call %q", name)
	}
	return check(c.request, request)
}

// CheckResponse does the same for what a service answered.
func CheckResponse(name string, response []byte) error {
	c, ok := calls()[name]
	if !ok {
		return fmt.Errorf("no constraints are known of the call %q", name)
	}
	return check(c.response, response)
}

// Known tells whether the call is in the table.
func Known(name string) bool {
	_, ok := calls()[name]
	return ok
}

// Target gives the call that a target header, such as "SageMaker.CreateTrainingJob", names; empty if none.
func Target(header string) string {
	for name, c := range calls() {
		if header != "" && c.target == header {
			return name
		}
	}
	return ""
}

// Values lists what a member of a request, such as "ResourceConfig.InstanceType", may be; nil if it is no enum.
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
