module example.com/module/bench

go 1.26
