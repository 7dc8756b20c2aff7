package regular

// noFollow is nothing here: links take a privilege to make.
const noFollow = 0
