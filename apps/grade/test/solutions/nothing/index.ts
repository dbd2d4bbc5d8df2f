/** A solution that is none. */
export default { personality: 7 };
