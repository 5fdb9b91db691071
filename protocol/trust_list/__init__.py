"""Who is in the network and what each may do: the authority's signed trust list (ETSI TS 119 602)."""
