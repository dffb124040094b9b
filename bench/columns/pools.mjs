// Values of @faker-js/faker by locale, as JSON on standard output: { locale: { kind: [values] } }.
// Run by heldout.py with `node pools.mjs SEED`, in a folder where the package is installed.
import { allFakers } from "@faker-js/faker";

const locales = { en: "en_US", gb: "en_GB", de: "de", fr: "fr", es: "es", it: "it", pt: "pt_BR", nl: "nl", pl: "pl", sv: "sv", ja: "ja" };
const makers = {
  first: f => f.person.firstName(), last: f => f.person.lastName(), name: f => f.person.fullName(),
  job: f => f.person.jobTitle(), bio: f => f.person.bio(),
  street: f => f.location.streetAddress(), city: f => f.location.city(), state: f => f.location.state(),
  postal: f => f.location.zipCode(), country: f => f.location.country(),
  phone: f => f.phone.number(), email: f => f.internet.email(), username: f => f.internet.username(),
  company: f => f.company.name(), product: f => f.commerce.productName(), description: f => f.commerce.productDescription(),
  headline: f => f.company.catchPhrase(), subject: f => f.hacker.phrase(), prose: f => f.lorem.paragraph(),
  colour: f => f.color.human(), car: f => f.vehicle.vehicle(), department: f => f.commerce.department(),
  song: f => f.music.songName(), band: f => f.music.artist(), dish: f => f.food.dish(),
  book: f => f.book.title(), author: f => f.book.author(), publisher: f => f.book.publisher(),
  hostname: f => f.internet.domainName(), agent: f => f.internet.userAgent(), currency_name: f => f.finance.currencyName(),
  campaign: f => f.company.buzzPhrase(), airport: f => f.airline.airport().name, animal: f => f.animal.type(),
};
const pools = {};
for (const [short, long] of Object.entries(locales)) {
  const faker = allFakers[long];
  faker.seed(Number(process.argv[2] ?? 1));
  pools[short] = {};
  for (const [kind, make] of Object.entries(makers)) {
    try {
      pools[short][kind] = Array.from({ length: 300 }, () => String(make(faker)));
    } catch { /* the locale has no such list */ }
  }
}
process.stdout.write(JSON.stringify(pools));
