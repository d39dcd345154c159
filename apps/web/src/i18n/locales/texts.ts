/** The shape of a language's texts: as English has them, so that a missing one does not compile. */
export type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };
