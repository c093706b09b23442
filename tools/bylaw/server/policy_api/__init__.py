"""The Policy API, `/api/v1/policy`: engines, policies, generations, enforcement, decisions."""
