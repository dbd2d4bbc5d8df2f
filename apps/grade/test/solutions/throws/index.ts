/** A solution that does not come to its end when it is loaded. */
throw new Error("there is nothing to see here");
