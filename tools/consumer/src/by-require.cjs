/** The exchange in a CommonJS program: Node's require takes the packages though they have no CommonJS form. */
const { transcript } = require("./exchange.js");

console.log(transcript());
