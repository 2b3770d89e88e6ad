package outcome

// Called is the bit which says that a function of the user was registered.
const Called = called
