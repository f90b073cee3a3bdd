//! Templates of values, as they are for one topology and software version.

use super::Values;
use crate::manifest::ParameterTemplate;
use crate::package::Package;

/// The values of a template for the parameters that exist for these choices, each as it is kept.
pub fn template_values(
    package: &Package,
    template: &ParameterTemplate,
    topology: &str,
    software_version: &str,
) -> Values {
    let values = template.parameters.iter().filter_map(|(name, value)| {
        let parameter = package.parameters().get(name)?;
        let value = parameter.read(value).unwrap_or_else(|_| value.clone());
        parameter.is_for(topology, software_version).then(|| (name.clone(), value))
    });
    values.collect()
}
