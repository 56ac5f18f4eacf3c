"""`make bench`: what a document and a tool call cost, beside the SDK's own server and a static route."""
