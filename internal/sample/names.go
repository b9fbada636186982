package sample

import (
	"encoding/binary"
	"fmt"
	"strings"

	"rehome/internal/estate"
)

var (
	teams    = []string{"Sales", "Finance", "Supply", "Web", "People", "Support", "Risk", "Marketing"}
	subjects = []string{"Orders", "Invoices", "Visits", "Tickets", "Stock", "Returns", "Churn", "Payroll", "Campaigns", "Shipments", "Leads", "Claims",
		"Budget", "Sessions", "Suppliers", "Incidents"}
	views = []string{"by region", "by month", "overview", "for the board", "this week", "year to date", "forecast", "deep dive", "KPIs", "explored"}
)

// odd are names as people give them: other scripts, from right to left, with signs that JSON, HTML, shells and paths take for their own.
var odd = []string{"売上 %s 2026", "बिक्री %s", "مبيعات %s", "תחזית %s", "Продажи: %s", "%s 🚀📈", "👩‍💻 %s", "%s \"final\" (v2)", "O'Brien's %s", "%s <draft> & more",
	"C:\\shared\\%s", "100 %% %s", "Éxito – %s", "%s; DROP TABLE--", "  %s  ", "../%s", "${%s}", "İstanbul %s ß"}

// longest is how many characters a name can have, for the types in which that is less than 2048 (quick-api 3.7, 5; that of datasets, data
// sources and VPC connections from the service model).
var longest = map[estate.AssetType]int{estate.AssetDataSet: 128, estate.AssetDataSource: 128, estate.AssetVPCConnection: 128, estate.AssetFolder: 200}

// name is a name for something about a subject. One in eight is odd, one in fifty as long as names get in earnest.
func (m *making) name(kind estate.AssetType, about string) string {
	switch most := longest[kind]; {
	case m.chance(2):
		if most == 0 {
			most = 300
		}
		return strings.Repeat(about+" and more ", most)[:most-1] + "."
	case m.chance(12):
		return fmt.Sprintf(pick(m, odd), about)
	}
	return about
}

// id is the id of something about a subject: a UUID where the console made it, words and a number where a person did.
func (m *making) id(about string) string {
	if m.chance(55) {
		return m.uuid()
	}
	m.serial++
	return fmt.Sprintf("%s-%d", slug(about), m.serial)
}

// slug is lower-case words joined by hyphens.
func slug(about string) string { return strings.Join(strings.Fields(strings.ToLower(about)), "-") }

// uuid is one of version 4 (RFC 9562, 5.4). No two are equal: 122 of its bits come from one generator.
func (m *making) uuid() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], m.Uint64())
	binary.BigEndian.PutUint64(b[8:], m.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
