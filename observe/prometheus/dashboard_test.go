package prometheus_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"go.yaml.in/yaml/v2"
)

var metricName = regexp.MustCompile(`\bmillrace_(?:task|pool|stage)_[a-z_]+`)

// labelNames are what looks like a metric in an expression, and is a label.
var labelNames = []string{"millrace_pool_name", "millrace_task_name", "millrace_task_state", "millrace_stage_name"}

// unknown returns the names in an expression that are no metric of the collector.
func unknown(families map[string]*dto.MetricFamily, expr string) (names []string) {
	for _, name := range metricName.FindAllString(expr, -1) {
		base := name
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			if h, ok := strings.CutSuffix(name, part); ok && families[h].GetType() == dto.MetricType_HISTOGRAM {
				base = h
			}
		}
		if families[base] == nil && !slices.Contains(labelNames, name) {
			names = append(names, name)
		}
	}
	return names
}

// A board is what the tests look at of dashboard.json.
type board struct {
	Panels []struct {
		Type, Title, Description string
		Targets                  []struct{ Expr, RefID string }
		FieldConfig              struct {
			Defaults  struct{ Unit string }
			Overrides []struct {
				Matcher    struct{ Options string }
				Properties []struct {
					ID    string
					Value any
				}
			}
		}
	}
	Templating struct {
		List []struct {
			Type  string
			Query any
		}
	}
}

func readDashboard(t *testing.T) (b board) {
	t.Helper()
	file, err := os.ReadFile("dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// dashboard returns the expressions of the dashboard's panels, and its query for the
// names of pools.
func dashboard(t *testing.T) (exprs []string) {
	t.Helper()
	d := readDashboard(t)
	for _, p := range d.Panels {
		if p.Type != "row" && (len(p.Targets) == 0 || p.Description == "") {
			t.Errorf("the panel %q has nothing to show, or does not say what", p.Title)
		}
		for _, target := range p.Targets {
			exprs = append(exprs, target.Expr)
		}
	}
	for _, v := range d.Templating.List {
		if names := unknown(scrape(t, everything()), fmt.Sprint(v.Query)); len(names) > 0 {
			t.Errorf("a variable of the dashboard asks for %v, which are no metrics", names)
		}
	}
	return exprs
}

// A share has the unit of one, beside whatever else its panel shows, and a line that a panel says is
// dashed is so.
func TestDashboardLines(t *testing.T) {
	d := readDashboard(t)
	for _, p := range d.Panels {
		units, dashed := map[string]any{}, false
		for _, o := range p.FieldConfig.Overrides {
			for _, x := range o.Properties {
				dashed = dashed || x.ID == "custom.lineStyle"
				if x.ID == "unit" {
					units[o.Matcher.Options] = x.Value
				}
			}
		}
		if dashed != strings.Contains(p.Description, "Dashed") {
			t.Errorf("the panel %q has a dashed line: %t, and says %q", p.Title, dashed, p.Description)
		}
		for _, target := range p.Targets {
			unit := any(p.FieldConfig.Defaults.Unit)
			if own := units[target.RefID]; own != nil {
				unit = own
			}
			if share := strings.Contains(target.Expr, ") / "); share != (unit == "percentunit") && !strings.Contains(target.Expr, "_ratio") {
				t.Errorf("in the panel %q %s has the unit %v", p.Title, target.Expr, unit)
			}
		}
	}
}

type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr string
			Annotations struct{ Summary, Reason string }
		}
	}
}

func alerts(t *testing.T) (r rules) {
	t.Helper()
	file, err := os.ReadFile("alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(file, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// The dashboard and the alerts ask for metrics that there are, and together for each of
// them.
func TestDashboardAndAlertsKnowTheMetrics(t *testing.T) {
	families := scrape(t, everything())
	asked := strings.Join(dashboard(t), "\n")
	for _, rule := range alerts(t).Groups[0].Rules {
		asked += "\n" + rule.Expr
		if rule.Annotations.Summary == "" || len(rule.Annotations.Reason) < 80 {
			t.Errorf("the alert %s does not say why: %q", rule.Alert, rule.Annotations)
		}
	}
	if names := unknown(families, asked); len(names) > 0 {
		t.Errorf("%v are no metrics", names)
	}
	for name := range families {
		if !strings.Contains(asked, name) {
			t.Errorf("%s is on no panel", name)
		}
	}
}

// Prometheus's own tool, if it is installed, reads the rules and the dashboard's
// expressions, and says that the alerts fire when they should.
func TestPromtool(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed")
	}
	type rule struct {
		Record, Expr string
	}
	var recorded []rule
	variables := strings.NewReplacer("$__rate_interval", "5m", "$pool", ".*")
	for i, expr := range dashboard(t) {
		recorded = append(recorded, rule{fmt.Sprintf("panel:%d", i), variables.Replace(expr)})
	}
	file, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": recorded}}})
	if err != nil {
		t.Fatal(err)
	}
	panels := filepath.Join(t.TempDir(), "panels.yaml")
	if err := os.WriteFile(panels, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "rules", panels, "alerts.yaml"}, {"test", "rules", "testdata/alerts_test.yaml"}} {
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
