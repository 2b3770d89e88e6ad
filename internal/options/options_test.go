package options_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/options"
)

// Each option sets its field, in a Rest of the task's own: that of Plain is what all others have.
func TestNewTaskSetsEveryField(t *testing.T) {
	common, rest := options.NewTask([]options.TaskOption{
		options.TaskSetting{Field: options.Weight, N: 2},
		options.TaskSetting{Field: options.Priority, N: 2},
		options.TaskSetting{Field: options.Key, Value: "key"},
		options.TaskSetting{Field: options.Timeout, N: 2},
		options.TaskSetting{Field: options.Name, Value: "name"},
		options.TaskSetting{Field: options.Flow, Value: "flow"},
		options.TaskSetting{Field: options.Delay, N: 2},
		options.TaskSetting{Field: options.MaxWait, N: 2},
		options.TaskSetting{Field: options.Retry, Value: func(int, error) (time.Duration, bool) { return 0, false }},
		options.OverflowOption{Overflow: options.Reject},
	})
	for _, set := range []reflect.Value{reflect.ValueOf(common), reflect.ValueOf(*rest)} {
		for i := range set.NumField() {
			if set.Field(i).IsZero() {
				t.Errorf("%s is not set", set.Type().Field(i).Name)
			}
		}
	}
	if common.Weight != 2 {
		t.Errorf("Weight = %d, want 2", common.Weight)
	}
	if plain := (options.Task{Common: options.Common{Weight: 1}}); !reflect.DeepEqual(options.Plain, plain) {
		t.Errorf("Plain = %+v, want it left as it was", options.Plain)
	}
}
