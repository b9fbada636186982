package assets

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"rehome/internal/estate"
)

// there is the account that everything is moved to in these tests.
const there = estate.AccountID("444455556666")

func moving() Mapping {
	return Mapping{OldAccount: account, NewAccount: there, Regions: map[estate.Region]estate.Region{home: "us-east-1", "eu-west-1": "eu-central-1"},
		Principals: map[estate.ARN]estate.ARN{
			"arn:aws:quicksight:ap-south-1:111122223333:user/default/ann":        "arn:aws:quicksight:us-east-1:444455556666:user/default/ann",
			"arn:aws:quicksight:ap-south-1:111122223333:user/default/Role/bob b": "arn:aws:quicksight:us-east-1:444455556666:user/default/bob",
			"arn:aws:quicksight:ap-south-1:111122223333:group/default/sales":     "arn:aws:quicksight:us-east-1:444455556666:group/default/sales",
			"arn:aws:quicksight:ap-south-1:111122223333:namespace/default":       "arn:aws:quicksight:us-east-1:444455556666:namespace/default"},
		ARNs:       map[estate.ARN]estate.ARN{"arn:aws:secretsmanager:ap-south-1:111122223333:secret:db-AbCdEf": "arn:aws:secretsmanager:us-east-1:444455556666:secret:db-GhIjKl"},
		Networks:   map[string]string{"subnet-0a": "subnet-1a", "sg-0a": "sg-1a"},
		Buckets:    map[string]string{"old-bucket": "new-bucket"},
		WorkGroups: map[string]string{"primary": "moved"}}
}

// TestRewrite: the place, what becomes of it, and the notes.
func TestRewrite(t *testing.T) {
	const old, fresh = "arn:aws:quicksight:ap-south-1:111122223333:", "arn:aws:quicksight:us-east-1:444455556666:"
	for name, c := range map[string]struct{ in, want, notes string }{
		"an asset":               {`{"dataSetArn":"` + old + `dataset/d"}`, `{"dataSetArn":"` + fresh + `dataset/d"}`, ""},
		"order, numbers, spaces": {"{ \"b\" : 1.50e+3 ,\n\"a\":[12345678901234567890, \"" + old + "theme/t\"]}\n", "{ \"b\" : 1.50e+3 ,\n\"a\":[12345678901234567890, \"" + fresh + "theme/t\"]}\n", ""},
		"escapes that stay":      {`{"a":"\u0041\/\ud83d\ude00","b":"x"}`, `{"a":"\u0041\/\ud83d\ude00","b":"x"}`, ""},
		"escapes that change":    {`{"a":"say \"` + strings.ReplaceAll(old, ":", `\u003a`) + `theme\/t\" <b>"}`, `{"a":"say \"` + fresh + `theme/t\" <b>"}`, ""},
		"JSON in a text":         {`{"a":"{\"x\":\"` + old + `dashboard/d\"}"}`, `{"a":"{\"x\":\"` + fresh + `dashboard/d\"}"}`, ""},
		"a refresh schedule":     {`{"a":"` + old + `dataset/d/refresh-schedule/s"}`, `{"a":"` + fresh + `dataset/d/refresh-schedule/s"}`, ""},
		"the parent of a folder": {`{"resourceType":"folder","parentFolderArn":"` + old + `folder/up"}`, `{"resourceType":"folder","parentFolderArn":"` + fresh + `folder/up"}`, ""},
		"permissions": {`{"permissions":[{"principal":"` + old + `user/default/ann","actions":["quicksight:DescribeTheme"]},{"principal":"` + old + `group/default/sales"}]}`,
			`{"permissions":[{"principal":"` + fresh + `user/default/ann","actions":["quicksight:DescribeTheme"]},{"principal":"` + fresh + `group/default/sales"}]}`, ""},
		"a name with a space": {`{"principal":"` + old + `user/default/Role/bob b"}`, `{"principal":"` + fresh + `user/default/bob"}`, ""},
		"column rules": {`{"columnLevelPermissionRules":[{"principals":["` + old + `user/default/ann","` + old + `user/default/gone"],"columnNames":["pay"]}]}`,
			`{"columnLevelPermissionRules":[{"principals":["` + fresh + `user/default/ann","` + old + `user/default/gone"],"columnNames":["pay"]}]}`,
			"0 /columnLevelPermissionRules/0/principals/1 " + old + "user/default/gone"},
		"the rules of row level security": {`{"rowLevelPermissionDataSet":{"arn":"` + old + `dataset/rls","permissionPolicy":"GRANT_ACCESS"}}`,
			`{"rowLevelPermissionDataSet":{"arn":"` + fresh + `dataset/rls","permissionPolicy":"GRANT_ACCESS"}}`, ""},
		"a link permission": {`{"linkSharingConfiguration":{"permissions":[{"principal":"` + old + `namespace/default"}]}}`,
			`{"linkSharingConfiguration":{"permissions":[{"principal":"` + fresh + `namespace/default"}]}}`, ""},
		"a secret":                  {`{"secretArn":"arn:aws:secretsmanager:ap-south-1:111122223333:secret:db-AbCdEf"}`, `{"secretArn":"arn:aws:secretsmanager:us-east-1:444455556666:secret:db-GhIjKl"}`, ""},
		"a secret without a rule":   {`{"secretArn":"arn:aws:secretsmanager:ap-south-1:111122223333:secret:x"}`, `{"secretArn":"arn:aws:secretsmanager:ap-south-1:111122223333:secret:x"}`, "0 /secretArn arn:aws:secretsmanager:ap-south-1:111122223333:secret:x"},
		"a role of the old account": {`{"roleArn":"arn:aws:iam::111122223333:role/q"}`, `{"roleArn":"arn:aws:iam::111122223333:role/q"}`, "0 /roleArn arn:aws:iam::111122223333:role/q"},
		"somebody else's theme":     {`{"a":"arn:aws:quicksight:ap-south-1:999900001111:theme/t"}`, `{"a":"arn:aws:quicksight:ap-south-1:999900001111:theme/t"}`, "0 /a arn:aws:quicksight:ap-south-1:999900001111:theme/t"},
		"a theme of Quick's own":    {`{"themeArn":"arn:aws:quicksight::aws:theme/MIDNIGHT"}`, `{"themeArn":"arn:aws:quicksight::aws:theme/MIDNIGHT"}`, ""},
		"a Region that stays":       {`{"a":"arn:aws:quicksight:us-west-2:111122223333:theme/t"}`, `{"a":"arn:aws:quicksight:us-west-2:444455556666:theme/t"}`, ""},
		"an ARN in a text": {`{"text":"see ` + old + `dashboard/d, ask ` + old + `user/default/ann. Key: arn:aws:kms:ap-south-1:111122223333:key/1 "}`,
			`{"text":"see ` + fresh + `dashboard/d, ask ` + fresh + `user/default/ann. Key: arn:aws:kms:ap-south-1:111122223333:key/1 "}`, "1 /text arn:aws:kms:ap-south-1:111122223333:key/1"},
		"custom SQL": {`{"customSql":{"sqlQuery":"select * from \"logs-ap-south-1\".t where r = 'eu-west-1' and az <> 'ap-south-1a' and x='ap-south-12'"}}`,
			`{"customSql":{"sqlQuery":"select * from \"logs-ap-south-1\".t where r = 'eu-west-1' and az <> 'ap-south-1a' and x='ap-south-12'"}}`,
			"3 /customSql/sqlQuery ap-south-1\n3 /customSql/sqlQuery eu-west-1\n3 /customSql/sqlQuery ap-south-1"},
		"the account in a text":     {`{"host":"111122223333.example","n":"1111222233334"}`, `{"host":"111122223333.example","n":"1111222233334"}`, "3 /host 111122223333"},
		"a workgroup":               {`{"dataSourceParameters":{"athenaParameters":{"workGroup":"primary"}},"name":"primary"}`, `{"dataSourceParameters":{"athenaParameters":{"workGroup":"moved"}},"name":"primary"}`, ""},
		"a bucket":                  {`{"s3Parameters":{"manifestFileLocation":{"bucket":"old-bucket","key":"old-bucket"}}}`, `{"s3Parameters":{"manifestFileLocation":{"bucket":"new-bucket","key":"old-bucket"}}}`, ""},
		"the ARN of a bucket":       {`{"a":"arn:aws:s3:::old-bucket/k"}`, `{"a":"arn:aws:s3:::new-bucket/k"}`, ""},
		"subnets":                   {`{"subnetIds":["subnet-0a","subnet-0b"],"securityGroupIds":["sg-0a"]}`, `{"subnetIds":["subnet-1a","subnet-0b"],"securityGroupIds":["sg-1a"]}`, "4 /subnetIds/1 subnet-0b"},
		"the name of a member":      {`{"` + old + `theme/t":1}`, `{"` + old + `theme/t":1}`, "2 /" + strings.ReplaceAll(old+"theme/t", "/", "~1") + " " + old + "theme/t"},
		"an unmapped namespace":     {`{"a":"` + old + `namespace/other"}`, `{"a":"` + old + `namespace/other"}`, "0 /a " + old + "namespace/other"},
		"a folder that holds it":    {`{"folderMemberships":["` + old + `folder/f"]}`, `{"folderMemberships":["` + fresh + `folder/f"]}`, ""},
		"nothing to do":             {`{"a":[null,true,{"b":"ap-south-"}]}`, `{"a":[null,true,{"b":"ap-south-"}]}`, ""},
		"a principal of the target": {`{"a":"` + fresh + `user/default/ann"}`, `{"a":"` + fresh + `user/default/ann"}`, "0 /a " + fresh + "user/default/ann"},
	} {
		t.Run(name, func(t *testing.T) {
			got, notes, err := Rewrite([]byte(c.in), moving())
			if err != nil || string(got) != c.want {
				t.Errorf("%v\n got %s\nwant %s", err, got, c.want)
			}
			var lines []string
			for _, n := range notes {
				lines = append(lines, fmt.Sprintf("%d %s %s", n.Kind, n.Path, n.Text))
			}
			if all := strings.Join(lines, "\n"); all != c.notes {
				t.Errorf("notes:\n%s\nwant:\n%s", all, c.notes)
			}
			if same, notes, err := Rewrite([]byte(c.in), Mapping{}); err != nil || string(same) != c.in || notes != nil {
				t.Errorf("the mapping that changes nothing: %s, %v, %v", same, notes, err)
			}
		})
	}
}

// TestRewriteForMovedPeople: assets stay in their Region and account, and principals change all the same.
func TestRewriteForMovedPeople(t *testing.T) {
	m := Mapping{OldAccount: account, NewAccount: account, Principals: map[estate.ARN]estate.ARN{
		"arn:aws:quicksight:ap-south-1:111122223333:user/default/ann": "arn:aws:quicksight:us-east-1:111122223333:user/default/ann"}}
	in := `{"a":"arn:aws:quicksight:ap-south-1:111122223333:theme/t","p":["arn:aws:quicksight:ap-south-1:111122223333:user/default/ann","arn:aws:quicksight:ap-south-1:111122223333:user/default/bob"]}`
	got, notes, err := Rewrite([]byte(in), m)
	if want := strings.Replace(in, "ap-south-1:111122223333:user/default/ann", "us-east-1:111122223333:user/default/ann", 1); err != nil || string(got) != want || len(notes) != 1 || notes[0].Path != "/p/1" {
		t.Errorf("%s, %v, %v", got, notes, err)
	}
}

func TestRewriteRefuses(t *testing.T) {
	for _, in := range []string{``, `[]`, `"x"`, `{`, `{}x`, `{} {}`, `{"a":1,"a":2}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}"} {
		if got, _, err := Rewrite([]byte(in), moving()); err == nil {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestRewriteBundle(t *testing.T) {
	var src, dst bytes.Buffer
	z := zip.NewWriter(&src)
	for _, name := range []string{"a", "b", "c"} {
		f, _ := z.Create("theme/" + name + ".json")
		io.WriteString(f, `{"resourceType":"theme","themeId":"`+name+`","x":"arn:aws:iam::111122223333:role/q"}`)
	}
	z.SetComment("made elsewhere")
	z.Close()
	found, err := RewriteBundle(bytes.NewReader(src.Bytes()), int64(src.Len()), home, &dst, moving(), func(a AssetID) bool { return a.ID != "b" })
	if err != nil || open(found) != "MIG-22 fail block asset/ap-south-1/theme/a\nMIG-22 fail block asset/ap-south-1/theme/c" || found[0].Evidence[0].Path != "/x" {
		t.Fatal(err, found)
	}
	out, err := zip.NewReader(bytes.NewReader(dst.Bytes()), int64(dst.Len()))
	if err != nil || len(out.File) != 2 || out.File[1].Name != "theme/c.json" || out.Comment != "" {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"no zip": []byte("x"), "leads elsewhere": zipped(t, "../x", "{}"), "no JSON": zipped(t, "theme/x.json", "{")} {
		dst.Reset()
		if _, err := RewriteBundle(bytes.NewReader(bad), int64(len(bad)), home, &dst, moving(), nil); err == nil || dst.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, dst.Len())
		}
	}
}

// FuzzRewrite: what is rewritten is JSON, a mapping that changes nothing changes no byte, and rewriting keeps the number of values.
func FuzzRewrite(f *testing.F) {
	f.Add([]byte(`{"a":"arn:aws:quicksight:ap-south-1:111122223333:theme/t","b":[1.0e2,"\u0041 ap-south-1"],"p":"arn:aws:quicksight:ap-south-1:111122223333:user/default/ann"}`))
	f.Add([]byte(`{"subnetIds":["subnet-0a"],"athenaParameters":{"workGroup":"primary"},"s":"arn:aws:s3:::old-bucket/x arn:aws:iam::111122223333:role/q."}`))
	f.Add([]byte(` { "arn:aws:quicksight:ap-south-1:111122223333:x/y" : { } } `))
	f.Fuzz(func(t *testing.T, in []byte) {
		same, notes, err := Rewrite(in, Mapping{})
		if err != nil {
			return
		}
		if !bytes.Equal(same, in) || notes != nil {
			t.Fatalf("%q became %q, %v", in, same, notes)
		}
		out, _, err := Rewrite(in, moving())
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		if _, err := scan(out); err != nil {
			t.Fatalf("%q became %q: %v", in, out, err)
		}
		if bytes.Count(out, []byte(`"`)) < bytes.Count(in, []byte(`\"`)) {
			t.Fatalf("%q lost strings: %q", in, out)
		}
	})
}

func TestCollisions(t *testing.T) {
	w := newWorld()
	for _, r := range []string{"ap-south-1 theme t", "us-east-1 theme t", "us-east-1 theme u", "eu-west-1 theme t", "us-east-1 dataset t"} {
		w.put(ref(r), "")
	}
	inv := w.take(t)
	for want, regions := range map[string]map[estate.Region]estate.Region{
		"": {home: "eu-central-1"},
		"MIG-22 fail block asset/us-east-1/theme/t": {home: "us-east-1"},
		"MIG-22 fail block asset/eu-west-1/theme/t": {home: "eu-west-1", "us-east-1": "us-east-2"},
	} {
		if got := open(Collisions(inv, Mapping{OldAccount: account, NewAccount: there, Regions: regions})); got != want {
			t.Errorf("%v: %s", regions, got)
		}
	}
	if got := open(Collisions(inv, Mapping{Regions: map[estate.Region]estate.Region{home: "us-east-1", "us-east-1": home}})); got != "" {
		t.Error("Regions that change places: ", got)
	}
}

func TestPrincipals(t *testing.T) {
	user := func(mail string) estate.QuickUser { return estate.QuickUser{Email: mail} }
	people := func(a estate.AccountID, r estate.Region, users map[string]estate.QuickUser, groups ...string) People {
		n := estate.Namespace{Users: estate.Of(users)}
		list := map[string][]string{}
		for _, g := range groups {
			list[g] = nil
		}
		n.Groups = estate.Of(list)
		return People{Account: a, Region: r, Namespaces: map[string]estate.Namespace{"default": n}}
	}
	type users = map[string]estate.QuickUser
	for name, c := range map[string]struct {
		old, fresh People
		want       string // old resource > new resource
		found      string
	}{
		"by name":   {people(account, home, users{"ann": user("a@x"), "R/bob": user("b@x")}), people(there, "us-east-1", users{"ann": user("other@x"), "R/bob": user("")}), "user/default/R/bob>user/default/R/bob user/default/ann>user/default/ann", ""},
		"by mail":   {people(account, home, users{"ann": user("a@x")}), people(there, "us-east-1", users{"ann.lee": user("a@x")}), "user/default/ann>user/default/ann.lee", ""},
		"missing":   {people(account, home, users{"ann": user("")}), people(there, "us-east-1", users{"bob": user("")}), "", "missing at the target"},
		"case":      {people(account, home, users{"Ann": user("A@x"), "Bob": user("B@x")}), people(there, "us-east-1", users{"ann": user("1@x"), "robert": user("b@x")}), "", "there in another case only, there in another case only"},
		"two mail":  {people(account, home, users{"ann": user("a@x")}), people(there, "us-east-1", users{"a1": user("a@x"), "a2": user("a@x")}), "", "several users at the target"},
		"two old":   {people(account, home, users{"ann": user("a@x"), "anna": user("a@x")}), people(there, "us-east-1", users{"a1": user("a@x")}), "", "not alone in becoming a1, not alone in becoming a1"},
		"namesake":  {people(account, home, users{"ann": user("1@x"), "bob": user("a@x")}), people(there, "us-east-1", users{"ann": user("a@x")}), "user/default/ann>user/default/ann", "not alone in becoming ann"},
		"groups":    {people(account, home, nil, "g", "H", "i"), people(there, "us-east-1", nil, "g", "h"), "group/default/g>group/default/g", "there in another case only, missing at the target"},
		"federated": {people(account, home, users{"QuickRole/ana@example.com": user("ana@example.com")}), people(there, "us-east-1", users{"ana": user("ana@example.com"), "ben": user("ben@example.com")}), "user/default/QuickRole/ana@example.com>user/default/ana", ""},
	} {
		t.Run(name, func(t *testing.T) {
			used := map[estate.ARN]int{}
			for name := range c.old.Namespaces["default"].Users.Or(nil) {
				used[c.old.arn("user", "default", name)] = 1
			}
			for name := range c.old.Namespaces["default"].Groups.Or(nil) {
				used[c.old.arn("group", "default", name)] = 1
			}
			to, found := Principals(c.old, c.fresh, used)
			if to[c.old.arn("namespace", "default")] != c.fresh.arn("namespace", "default") {
				t.Error("the namespace is not mapped")
			}
			delete(to, c.old.arn("namespace", "default"))
			var got, what []string
			for _, arn := range sortedARNs(keys(to)) {
				from, _ := arn.Split()
				p, _ := to[arn].Split()
				if p[3] != "us-east-1" || p[4] != string(there) {
					t.Errorf("%s became %s", arn, to[arn])
				}
				got = append(got, from[5]+">"+p[5])
			}
			for _, f := range found {
				if !f.Blocks() || f.Code != "MIG-05" {
					t.Errorf("%+v", f)
				}
				text, _, _ := strings.Cut(strings.TrimPrefix(f.Title, "1 principal is "), ":")
				what = append(what, text)
			}
			if strings.Join(got, " ") != c.want || strings.Join(what, ", ") != c.found {
				t.Errorf("got %v, %v", got, what)
			}
		})
	}
}

// TestOnlyWhomAssetsNameBlocks: nobody loses anything by a principal that nothing was granted to.
func TestOnlyWhomAssetsNameBlocks(t *testing.T) {
	old, fresh := crew(account, home), crew(there, "us-east-1")
	team := estate.Namespace{Users: estate.Of(map[string]estate.QuickUser{"cyd": {}}), Groups: estate.Of(map[string][]string{})}
	ann, cyd, gone := old.arn("user", "default", "ann"), old.arn("user", "team", "cyd"), old.arn("user", "default", "gone")
	none := estate.Namespace{Users: estate.Of(map[string]estate.QuickUser{}), Groups: estate.Of(map[string][]string{})}
	for name, c := range map[string]struct {
		old, fresh map[string]estate.Namespace
		used       []estate.ARN
		want       string
	}{
		"nobody is there, and nobody is named": {old.Namespaces, map[string]estate.Namespace{"default": none}, nil, ""},
		"nobody is there, and one is named":    {old.Namespaces, map[string]estate.Namespace{"default": none}, []estate.ARN{ann}, "MIG-05 fail block principal/" + string(ann)},
		"named, and not known at home":         {old.Namespaces, fresh.Namespaces, []estate.ARN{ann, gone}, "MIG-05 fail block principal/" + string(gone)},
		"no such namespace":                    {map[string]estate.Namespace{"team": team}, fresh.Namespaces, nil, ""},
		"no such namespace, and one is named":  {map[string]estate.Namespace{"team": team}, fresh.Namespaces, []estate.ARN{cyd}, "MIG-05 fail block principal/" + string(old.arn("namespace", "team"))},
		"nobody looked":                        {map[string]estate.Namespace{"team": {}}, map[string]estate.Namespace{"team": team}, nil, ""},
		"nobody looked, and one is named":      {map[string]estate.Namespace{"team": {}}, map[string]estate.Namespace{"team": team}, []estate.ARN{cyd}, "MIG-05 unknown block principal/" + string(old.arn("namespace", "team"))},
		"nobody looked at the target":          {map[string]estate.Namespace{"team": team}, map[string]estate.Namespace{"team": {}}, []estate.ARN{cyd}, "MIG-05 unknown block principal/" + string(old.arn("namespace", "team"))},
	} {
		used := map[estate.ARN]int{}
		for _, arn := range c.used {
			used[arn]++
		}
		old.Namespaces, fresh.Namespaces = c.old, c.fresh
		if _, found := Principals(old, fresh, used); open(found) != c.want {
			t.Errorf("%s: %s", name, open(found))
		}
	}
}

func keys(m map[estate.ARN]estate.ARN) (out []estate.ARN) {
	for k := range m {
		out = append(out, k)
	}
	return out
}
