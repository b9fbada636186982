package quicksight

import (
	"encoding/json"
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// mostTags is how many tags one resource can have (quick-api 3.4 names it for a list of them).
const mostTags = 200

type tag struct{ Key, Value string }

// resource is the asset that a call names by its ARN. Other things of Quick that can have tags are not modelled.
func resource(r *kernel.Request) (estate.Asset, error) {
	var in struct {
		AwsAccountId estate.AccountID
		ResourceArn  string
	}
	if err := r.Decode(&in); err != nil {
		return estate.Asset{}, err
	}
	if in.AwsAccountId == "" {
		in.AwsAccountId = r.Account // the path of tags has no account
	}
	q, err := subscribed(r, in.AwsAccountId)
	if err == nil {
		err = lookedAt(r, q)
	}
	if err != nil {
		return estate.Asset{}, err
	}
	ref, account, ok := assetOf(in.ResourceArn)
	if !ok {
		return estate.Asset{}, notModelled("tags and folders of %s", in.ResourceArn)
	}
	a, ok := r.Assets().Get(ref.Type, ref.ID)
	if !ok || account != r.Account || ref.Region != r.Region {
		return estate.Asset{}, notFound("The resource %s is not found.", in.ResourceArn)
	}
	return a, nil
}

// tags are those that a new asset gets.
func (c about) tags() (map[string]string, error) {
	var list []tag
	if c.in["Tags"] == nil {
		return nil, nil
	}
	if err := json.Unmarshal(c.in["Tags"], &list); err != nil {
		return nil, kernel.Errorf("SerializationException", "%v", err)
	}
	return tagged(nil, list)
}

// tagged adds tags. That a resource can have no more than one request can give is INFERRED.
func tagged(before map[string]string, list []tag) (map[string]string, error) {
	out := maps.Clone(before)
	if out == nil {
		out = map[string]string{}
	}
	for _, t := range list {
		if t.Key == "" {
			return nil, invalid("A tag's key cannot be empty.")
		}
		out[t.Key] = t.Value
	}
	if len(out) > mostTags {
		return nil, limitExceeded("A resource can have %d tags at most.", mostTags)
	}
	return out, nil
}

func listTagsForResource(r *kernel.Request) (any, error) {
	a, err := resource(r)
	if err != nil {
		return nil, err
	}
	list := []tag{}
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		list = append(list, tag{key, a.Tags[key]})
	}
	return answer(r, map[string]any{"Tags": list}), nil
}

func tagResource(r *kernel.Request) (any, error) {
	var in struct{ Tags []tag }
	a, err := resource(r)
	if err == nil {
		err = r.Decode(&in)
	}
	if err == nil && len(in.Tags) == 0 {
		err = invalid("Tags is required.")
	}
	if err == nil {
		a.Tags, err = tagged(a.Tags, in.Tags)
	}
	if err != nil {
		return nil, err
	}
	r.Assets().Put(a)
	return answer(r, map[string]any{}), nil
}

func untagResource(r *kernel.Request) (any, error) {
	var in struct {
		Keys any `json:"keys"` // one is a string, several are a list
	}
	a, err := resource(r)
	if err == nil {
		err = r.Decode(&in)
	}
	if err != nil {
		return nil, err
	}
	a.Tags = maps.Clone(a.Tags)
	collect(in.Keys, func(key string) { delete(a.Tags, key) })
	r.Assets().Put(a)
	return answer(r, map[string]any{}), nil
}

// bundledTags writes tags as a bundle does: like the Create* requests, with small initials (INFERRED).
func bundledTags(tags map[string]string) []map[string]any {
	out := []map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, map[string]any{"key": key, "value": tags[key]})
	}
	return out
}

// tagsIn reads the member tags as a bundle writes it.
func tagsIn(c content) []tag {
	list, _ := member(c, "tags").([]any)
	var out []tag
	for _, e := range list {
		one, _ := e.(map[string]any)
		out = append(out, tag{text(one, "key"), text(one, "value")})
	}
	return out
}
