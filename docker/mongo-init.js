// Run once by the image's own first start: the site's user, which may read and write its own database and nothing else.
db.getSiblingDB("verbatim").createUser({
  user: "verbatim",
  pwd: process.env.MONGO_PASSWORD,
  roles: [{ role: "readWrite", db: "verbatim" }],
});
