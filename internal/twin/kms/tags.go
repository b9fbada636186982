package kms

import (
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

type tag struct{ TagKey, TagValue string }

// maxTags is how many tags a key can have (AWS KMS developer guide, "Tags in AWS KMS").
const maxTags = 50

func tagException(text string) *kernel.Error { return kernel.Errorf("TagException", "%s", text) }

// tagged joins new tags to those that are there, with the refusals of idc-kms 2.6; which of them comes first is INFERRED.
func tagged(have map[string]string, list []tag) (map[string]string, error) {
	all, given := map[string]string{}, map[string]bool{}
	maps.Copy(all, have)
	for _, t := range list {
		switch {
		case t.TagKey == "" || len(t.TagKey) > 128:
			return nil, invalid("Value '%s' at 'tags.member.tagKey' failed to satisfy constraint: Member must have length between 1 and 128", t.TagKey)
		case len(t.TagValue) > 256:
			return nil, invalid("Value at 'tags.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256")
		case strings.HasPrefix(strings.ToLower(t.TagKey), "aws:"):
			return nil, tagException("Tags beginning with aws: are reserved")
		case given[t.TagKey]:
			return nil, tagException("Duplicate tag keys")
		}
		all[t.TagKey], given[t.TagKey] = t.TagValue, true
	}
	if len(all) > maxTags {
		return nil, tagException("Too many tags")
	}
	return all, nil
}

// tagList is the wire's form, sorted.
func tagList(tags map[string]string) []tag {
	out := []tag{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, tag{key, tags[key]})
	}
	return out
}

type tagsInput struct {
	KeyID   string `json:"KeyId"`
	Tags    []tag
	TagKeys []string
	Limit   int
	Marker  string
}

// conditions are the keys of a request that names tags.
func (in tagsInput) conditions() conditions {
	c := conditions{"aws:TagKeys": slices.Clone(in.TagKeys)}
	for _, t := range in.Tags {
		c["aws:TagKeys"] = append(c["aws:TagKeys"], t.TagKey)
		c["aws:RequestTag/"+t.TagKey] = []string{t.TagValue}
	}
	return c
}

func tagResource(r *kernel.Request) (any, error) {
	return nil, retag(r, func(in tagsInput, have map[string]string) (map[string]string, error) { return tagged(have, in.Tags) })
}

func untagResource(r *kernel.Request) (any, error) {
	return nil, retag(r, func(in tagsInput, have map[string]string) (map[string]string, error) {
		left := maps.Clone(have)
		maps.DeleteFunc(left, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
		return left, nil
	})
}

// retag changes the tags of the copy in this Region; those of other Regions are their own (idc-kms 2.1).
func retag(r *kernel.Request, change func(tagsInput, map[string]string) (map[string]string, error)) error {
	var in tagsInput
	if err := r.Decode(&in); err != nil {
		return err
	}
	t, err := open(r, in.KeyID, manage, in.conditions())
	if err != nil {
		return err
	}
	have, _, err := kernel.Need(t.copy.Tags, t.path("tags")...)
	if err != nil {
		return err
	}
	tags, err := change(in, have)
	if err == nil {
		t.change(r, func(c *estate.KeyCopy) { c.Tags = estate.Of(tags) })
	}
	return err
}

func listResourceTags(r *kernel.Request) (any, error) {
	var in tagsInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	t, err := open(r, in.KeyID, read, nil)
	if err != nil {
		return nil, err
	}
	have, _, err := kernel.Need(t.copy.Tags, t.path("tags")...)
	if err != nil {
		return nil, err
	}
	return listed(r, "Tags", tagList(have), in.Marker, in.Limit, maxTags)
}

// listed is one page in KMS's form (idc-kms 9.4).
func listed[T any](r *kernel.Request, member string, all []T, marker string, limit, size int) (any, error) {
	page, next, ok := kernel.Page(r, all, marker, limit, size)
	if !ok {
		return nil, kernel.Errorf("InvalidMarkerException", "Invalid marker")
	}
	out := map[string]any{member: page, "Truncated": next != ""}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}
