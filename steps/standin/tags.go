package standin

import (
	"cmp"
	"slices"
)

type tag struct{ Key, Value string }

// maxTags bounds the tags of one resource.
const maxTags = 50

func repeated(tags []tag) error {
	seen := map[string]bool{}
	for _, t := range tags {
		if seen[t.Key] {
			return invalid("Duplicate tag keys found: %s", t.Key)
		}
		seen[t.Key] = true
	}
	return nil
}

type tagsRequest struct {
	ResourceArn string
	Tags        []tag
	TagKeys     []string
	MaxResults  int
	NextToken   string
}

func (s *Server) tagged(arn string) ([]tag, error) {
	tags, ok := s.tags[arn]
	if !ok {
		return nil, invalid("Could not find resource %q.", arn)
	}
	return tags, nil
}

// addTags adds tags and overwrites tags of the same key.
func addTags(s *Server, q *tagsRequest) (any, error) {
	tags, err := s.tagged(q.ResourceArn)
	if err != nil {
		return nil, err
	}
	if err := repeated(q.Tags); err != nil {
		return nil, err
	}
	tags = slices.Clone(tags)
	for _, t := range q.Tags {
		if i := slices.IndexFunc(tags, func(old tag) bool { return old.Key == t.Key }); i >= 0 {
			tags[i] = t
		} else {
			tags = append(tags, t)
		}
	}
	if len(tags) > maxTags {
		return nil, invalid("A resource may have %d tags", maxTags)
	}
	s.tags[q.ResourceArn] = tags
	return struct{ Tags []tag }{tags}, nil
}

// usualTags is the default size of a page.
const usualTags = 50

func listTags(s *Server, q *tagsRequest) (any, error) {
	tags, err := s.tagged(q.ResourceArn)
	if err != nil {
		return nil, err
	}
	page, next, ok := paged(tags, q.NextToken, cmp.Or(q.MaxResults, usualTags))
	if !ok {
		return nil, invalid("Invalid NextToken")
	}
	return struct {
		Tags      []tag
		NextToken string `json:",omitempty"`
	}{page, next}, nil
}

func deleteTags(s *Server, q *tagsRequest) (any, error) {
	tags, err := s.tagged(q.ResourceArn)
	if err != nil {
		return nil, err
	}
	s.tags[q.ResourceArn] = slices.DeleteFunc(slices.Clone(tags),
		func(t tag) bool { return slices.Contains(q.TagKeys, t.Key) })
	return struct{}{}, nil
}
