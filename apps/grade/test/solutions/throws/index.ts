/** A solution that throws when it is loaded. */
throw new Error("there is nothing to see here");
