package observe

// A stageRow is a row of a pipeline: a stage, its source or its sink.
type stageRow struct {
	stageView
	End        bool // the source or the sink, of which there are no figures
	Bottleneck bool
}

// culprit returns the name of the stage that is the bottleneck of a pipeline, if one is.
func culprit(p pipelineView) string {
	if p.Bottleneck.Kind == "stage" {
		return p.Stages[p.Bottleneck.Stage].Name
	}
	return ""
}

// stageRows returns the rows of a pipeline, from the source to the sink.
func stageRows(p pipelineView) []stageRow {
	rows := []stageRow{{stageView: stageView{Name: "source"}, End: true, Bottleneck: p.Bottleneck.Kind == "source"}}
	for i, s := range p.Stages {
		here := i == p.Bottleneck.Stage
		rows = append(rows, stageRow{stageView: s, Bottleneck: p.Bottleneck.Kind == "stage" && here})
		if p.Bottleneck.Kind == "between" && here {
			rows = append(rows, stageRow{stageView: stageView{Name: "between"}, End: true, Bottleneck: true})
		}
	}
	return append(rows, stageRow{stageView: stageView{Name: "sink"}, End: true, Bottleneck: p.Bottleneck.Kind == "sink"})
}
