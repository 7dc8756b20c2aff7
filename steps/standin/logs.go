package standin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A stream is one log stream: a host's.
type stream struct {
	name    string
	created time.Time
	lines   []logLine
	gaps    bool // each page is empty once before it has events
}

type logLine struct {
	at    time.Time
	shown time.Time // when it becomes readable
	text  string
}

// newStream makes a stream, and its group if that is the first one.
func (s *Server) newStream(group, name string) *stream {
	if s.groups[group] == nil {
		s.groups[group] = map[string]*stream{}
	}
	t := &stream{name: name, created: s.now()}
	s.groups[group][name] = t
	return t
}

func (t *stream) append(at, shown time.Time, text string) {
	t.lines = append(t.lines, logLine{at, shown, text})
}

// release shows withheld lines.
func (t *stream) release(shown time.Time) {
	for i, l := range t.lines {
		if l.shown.Equal(never) {
			t.lines[i].shown = shown
		}
	}
}

// visible returns how many lines can be read now. A withheld line withholds all after it.
func (t *stream) visible(now time.Time) int {
	i := slices.IndexFunc(t.lines, func(l logLine) bool { return l.shown.After(now) })
	if i < 0 {
		return len(t.lines)
	}
	return i
}

func (s *Server) group(name string) (map[string]*stream, error) {
	if g, ok := s.groups[name]; ok {
		return g, nil
	}
	return nil, &refusal{http.StatusBadRequest, "ResourceNotFoundException",
		"The specified log group does not exist."}
}

func badParameter(message string) error {
	return &refusal{http.StatusBadRequest, "InvalidParameterException", message}
}

func badToken() error { return badParameter("The specified nextToken is invalid.") }

type describeStreamsRequest struct {
	LogGroupName        string `json:"logGroupName"`
	LogStreamNamePrefix string `json:"logStreamNamePrefix"`
	OrderBy             string `json:"orderBy"`
	Descending          bool   `json:"descending"`
	NextToken           string `json:"nextToken"`
	Limit               int    `json:"limit"`
}

type streamDescription struct {
	Name      string `json:"logStreamName"`
	Created   int64  `json:"creationTime"`
	First     int64  `json:"firstEventTimestamp,omitempty"`
	Last      int64  `json:"lastEventTimestamp,omitempty"`
	Ingestion int64  `json:"lastIngestionTime,omitempty"`
	Arn       string `json:"arn"`
}

func describeStreams(s *Server, q *describeStreamsRequest) (any, error) {
	group, err := s.group(q.LogGroupName)
	if err != nil {
		return nil, err
	}
	if q.OrderBy == "LastEventTime" && q.LogStreamNamePrefix != "" {
		return nil, badParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	var all []streamDescription
	for _, name := range names(group) {
		if strings.HasPrefix(name, q.LogStreamNamePrefix) {
			all = append(all, s.describeStream(q.LogGroupName, group[name]))
		}
	}
	if q.OrderBy == "LastEventTime" {
		slices.SortStableFunc(all, func(a, b streamDescription) int { return int(a.Last - b.Last) })
	}
	if q.Descending {
		slices.Reverse(all)
	}
	page, next, ok := paged(all, q.NextToken, cmp.Or(q.Limit, 50))
	if !ok {
		return nil, badToken()
	}
	return struct {
		Streams []streamDescription `json:"logStreams"`
		Next    string              `json:"nextToken,omitempty"`
	}{page, next}, nil
}

func (s *Server) describeStream(group string, t *stream) streamDescription {
	d := streamDescription{Name: t.name, Created: t.created.UnixMilli(),
		Arn: "arn:aws:logs:" + s.options.Region + ":" + s.options.Account + ":log-group:" + group +
			":log-stream:" + t.name}
	if n := t.visible(s.now()); n > 0 {
		d.First, d.Last = t.lines[0].at.UnixMilli(), t.lines[n-1].at.UnixMilli()
		d.Ingestion = d.Last
	}
	return d
}

type getEventsRequest struct {
	LogGroupName  string `json:"logGroupName"`
	LogStreamName string `json:"logStreamName"`
	StartTime     int64  `json:"startTime"`
	EndTime       int64  `json:"endTime"`
	NextToken     string `json:"nextToken"`
	Limit         int    `json:"limit"`
	StartFromHead bool   `json:"startFromHead"`
}

type logEvent struct {
	Timestamp int64  `json:"timestamp"`
	Message   string `json:"message"`
	Ingestion int64  `json:"ingestionTime"`
}

// Bounds of a page of events: their number, and their bytes.
const (
	maxEvents = 10000
	maxPage   = 1 << 20
	tokenLife = 24 * time.Hour
)

// getEvents reads one stream. The end is reached when the returned token is the one that was sent.
// An empty page is not the end.
func getEvents(s *Server, q *getEventsRequest) (any, error) {
	group, err := s.group(q.LogGroupName)
	if err != nil {
		return nil, err
	}
	t, ok := group[q.LogStreamName]
	if !ok {
		return nil, &refusal{http.StatusBadRequest, "ResourceNotFoundException",
			"The specified log stream does not exist."}
	}
	now := s.now()
	end := t.visible(now)
	c := cursor{at: 0, made: now}
	switch {
	case q.NextToken != "":
		if c, err = s.cursor(q.NextToken); err != nil || c.at > end {
			return nil, badToken()
		}
		if !q.StartFromHead && !c.back {
			return nil, badParameter("startFromHead must be true when a nextForwardToken is given.")
		}
	case !q.StartFromHead:
		c.at, c.back = end, true
	}
	return s.read(t, q, c, end), nil
}

type eventsPage struct {
	Events   []logEvent `json:"events"`
	Forward  string     `json:"nextForwardToken"`
	Backward string     `json:"nextBackwardToken"`
}

// read returns a page from the cursor on.
func (s *Server) read(t *stream, q *getEventsRequest, c cursor, end int) eventsPage {
	limit := cmp.Or(q.Limit, maxEvents)
	from := c.at
	if c.back {
		from = max(0, c.at-limit)
		end = c.at
	}
	page := eventsPage{Events: []logEvent{}, Backward: cursor{from, true, c.made, false}.token()}
	if t.gaps && from < end && !c.gone {
		page.Forward = cursor{from, false, c.made, true}.token()
		return page
	}
	size, at := 0, from
	for ; at < end && len(page.Events) < limit; at++ {
		l := t.lines[at]
		if ms := l.at.UnixMilli(); ms < q.StartTime || (q.EndTime > 0 && ms >= q.EndTime) {
			continue
		}
		if size += len(l.text) + 26; size > maxPage {
			break
		}
		page.Events = append(page.Events, logEvent{l.at.UnixMilli(), l.text, l.at.UnixMilli()})
	}
	next := cursor{at, false, c.made, c.gone && at == c.at}
	if at != c.at {
		next.made = s.now()
	}
	page.Forward = next.token()
	return page
}

// A cursor is what a token holds: a position, a direction, and when it was made.
type cursor struct {
	at   int
	back bool
	made time.Time
	gone bool // its empty page has been returned
}

func (c cursor) token() string {
	direction := "f"
	if c.back {
		direction = "b"
	}
	state := "s"
	if c.gone {
		state = "e"
	}
	return direction + "/" + strconv.Itoa(c.at) + "/" + strconv.FormatInt(c.made.Unix(), 10) + "/" +
		state
}

func (s *Server) cursor(token string) (cursor, error) {
	parts := strings.Split(token, "/")
	if len(parts) != 4 || (parts[0] != "f" && parts[0] != "b") {
		return cursor{}, badToken()
	}
	at, err := strconv.ParseUint(parts[1], 10, 31)
	if err != nil {
		return cursor{}, badToken()
	}
	seconds, err := strconv.ParseInt(parts[2], 10, 64)
	made := time.Unix(seconds, 0)
	if err != nil || s.now().Sub(made) > tokenLife {
		return cursor{}, badToken()
	}
	return cursor{int(at), parts[0] == "b", made, parts[3] == "e"}, nil
}

type filterEventsRequest struct {
	LogGroupName        string   `json:"logGroupName"`
	LogStreamNames      []string `json:"logStreamNames"`
	LogStreamNamePrefix string   `json:"logStreamNamePrefix"`
	StartTime           int64    `json:"startTime"`
	EndTime             int64    `json:"endTime"`
	FilterPattern       string   `json:"filterPattern"`
	NextToken           string   `json:"nextToken"`
	Limit               int      `json:"limit"`
}

type filteredEvent struct {
	LogStreamName string `json:"logStreamName"`
	logEvent
	EventID string `json:"eventId"`
}

// filterEvents reads several streams in the order of time. A pattern is a word, quoted or not, that
// lines must contain.
func filterEvents(s *Server, q *filterEventsRequest) (any, error) {
	group, err := s.group(q.LogGroupName)
	if err != nil {
		return nil, err
	}
	all := []filteredEvent{}
	for _, name := range names(group) {
		if !strings.HasPrefix(name, q.LogStreamNamePrefix) ||
			(len(q.LogStreamNames) > 0 && !slices.Contains(q.LogStreamNames, name)) {
			continue
		}
		t := group[name]
		for i, l := range t.lines[:t.visible(s.now())] {
			ms := l.at.UnixMilli()
			if ms >= q.StartTime && (q.EndTime == 0 || ms <= q.EndTime) &&
				strings.Contains(l.text, strings.Trim(q.FilterPattern, `"`)) {
				all = append(all,
					filteredEvent{name, logEvent{ms, l.text, ms}, name + "/" + strconv.Itoa(i)})
			}
		}
	}
	slices.SortStableFunc(all,
		func(a, b filteredEvent) int { return int(a.Timestamp - b.Timestamp) })
	page, next, ok := paged(all, q.NextToken, cmp.Or(q.Limit, maxEvents))
	if !ok {
		return nil, badToken()
	}
	return struct {
		Events   []filteredEvent `json:"events"`
		Searched []any           `json:"searchedLogStreams"`
		Next     string          `json:"nextToken,omitempty"`
	}{page, []any{}, next}, nil
}
