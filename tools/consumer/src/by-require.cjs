/** The exchange in a CommonJS program: Node's require takes the packages though they have no CommonJS form. */
const { exchange } = require("./exchange.js");

console.log(exchange());
