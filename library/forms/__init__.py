"""The two agreements as forms: wording that editors may change, pages that are ready to sign."""
